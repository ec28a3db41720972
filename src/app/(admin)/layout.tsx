import { cookies } from "next/headers";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { AlertCount } from "@/components/alerts/AlertCount";
import { AppShell } from "@/components/layout/AppShell";
import { themeOf } from "@/components/layout/theme";
import { requireSession } from "@/lib/auth/pageSession";

export default async function AdminLayout({ children }: { children: ReactNode }) {
  const { email, name, isAdmin, businessId, role } = await requireSession();
  if (!isAdmin) notFound();
  const theme = themeOf((await cookies()).get("theme")?.value);
  return (
    <AppShell user={{ email, name, isAdmin, businessId, role }} theme={theme} inboxNote={businessId && <AlertCount />}>
      {children}
    </AppShell>
  );
}

import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { AlertCount } from "@/components/alerts/AlertCount";
import { AppShell } from "@/components/layout/AppShell";
import { themeOf } from "@/components/layout/theme";
import { EmptyState } from "@/components/ui/EmptyState";
import { requireSession } from "@/lib/auth/pageSession";

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const { email, name, isAdmin, businessId, role } = await requireSession();
  const theme = themeOf((await cookies()).get("theme")?.value);
  return (
    <AppShell user={{ email, name, isAdmin, businessId, role }} theme={theme} inboxNote={businessId && <AlertCount />}>
      {businessId ? (
        children
      ) : (
        <>
          <h1 className="sr-only">Frontdesk</h1>
          <EmptyState icon="inbox" title="You do not belong to a business yet">
            Conversations and leads appear here once you do. Ask an owner for an invite. (E5002)
          </EmptyState>
        </>
      )}
    </AppShell>
  );
}

import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Suspense } from "react";
import { SignInForm } from "@/components/session/SignInForm";
import { signInTrouble } from "@/components/session/signInTrouble";
import { Skeleton } from "@/components/ui/Skeleton";
import { currentSession } from "@/lib/auth/pageSession";
import { waysToSignIn } from "@/lib/auth/providers";

export const metadata: Metadata = { title: "Sign in" };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function SignInPage({ searchParams }: { searchParams: Search }) {
  const { error, invite } = await searchParams;
  const trouble = signInTrouble(first(error));
  if (!trouble && (await currentSession())) redirect("/inbox");
  return (
    <>
      <div className="grid gap-1">
        <h1 className="text-2xl font-semibold">Sign in to Frontdesk</h1>
        <p className="text-muted">Your receptionist, your inbox and your leads on one desk.</p>
      </div>
      {trouble && (
        <p role="alert" className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
          {trouble}
        </p>
      )}
      <Suspense fallback={<Skeleton rows={2} />}>
        <SignInForm ways={waysToSignIn()} invite={first(invite) ?? ""} />
      </Suspense>
    </>
  );
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

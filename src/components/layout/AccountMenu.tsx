"use client";

import { Button } from "@/components/ui/Button";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Icon } from "@/components/ui/Icon";
import type { Theme } from "./theme";
import { ThemeToggle } from "./ThemeToggle";
import { useSignOut } from "./useSignOut";

export interface ShellUser {
  email: string;
  name: string | null;
  isAdmin: boolean;
  businessId: string | null;
  role: "OWNER" | "MEMBER" | null;
}

/** Who is signed in, how it looks, and the way out. */
export function AccountMenu({ user, theme }: { user: ShellUser; theme: Theme }) {
  const signOut = useSignOut();
  return (
    <>
      <button
        type="button"
        popoverTarget="account"
        className="flex w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-muted transition-colors hover:bg-hover pointer-coarse:min-h-11"
      >
        <Icon name="person" />
        <span className="max-w-40 truncate max-md:sr-only">{user.name ?? user.email}</span>
        <span className="sr-only">: account</span>
      </button>
      <div
        id="account"
        popover="auto"
        className="fixed inset-auto top-12 right-3 w-64 rounded-lg border border-line bg-raised p-4 text-text shadow-float md:top-auto md:right-auto md:bottom-16 md:left-3"
      >
        <div className="grid gap-4">
          <p className="truncate text-sm text-muted">{user.email}</p>
          <ThemeToggle initial={theme} />
          <Button onClick={() => signOut.mutate()} disabled={signOut.isPending}>
            Sign out
          </Button>
          {signOut.error && <ErrorNote error={signOut.error} verb="sign out" />}
        </div>
      </div>
    </>
  );
}

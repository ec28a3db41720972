import Image from "next/image";
import Link from "next/link";
import type { ReactNode } from "react";
import { LiveEvents } from "@/components/live/LiveEvents";
import { AccountMenu, type ShellUser } from "./AccountMenu";
import { NavLinks } from "./NavLinks";
import type { Theme } from "./theme";

/** What stands around every page of a signed-in user: the ways through, the account, the live stream. */
export function AppShell({
  user,
  theme,
  inboxNote,
  children,
}: {
  user: ShellUser;
  theme: Theme;
  /** what stands beside the way to the inbox */
  inboxNote?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a href="#content" className="sr-only z-20 bg-raised p-2 focus:not-sr-only focus:absolute">
        Skip to the content
      </a>
      <header className="flex items-center justify-between border-line bg-ground px-3 py-2 max-md:border-b md:w-58 md:flex-col md:items-stretch md:justify-start md:gap-4 md:border-r md:py-4">
        <Link href="/inbox" className="flex items-center gap-2 px-1 font-semibold">
          <Image src="/icon.svg" alt="" width={22} height={22} unoptimized />
          Frontdesk
        </Link>
        <div className="max-md:hidden">
          <NavLinks user={user} inboxNote={inboxNote} />
        </div>
        <div className="md:mt-auto">
          <AccountMenu user={user} theme={theme} />
        </div>
      </header>
      <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface outline-none">
        {user.businessId && <LiveEvents />}
        {children}
      </main>
      <div className="pb-[env(safe-area-inset-bottom)] md:hidden">
        <NavLinks user={user} inboxNote={inboxNote} />
      </div>
    </div>
  );
}

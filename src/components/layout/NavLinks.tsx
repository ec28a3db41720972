"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { Icon, type IconName } from "@/components/ui/Icon";
import type { ShellUser } from "./AccountMenu";

const LINKS: { href: string; label: string; icon: IconName; for?: "owner" | "admin" }[] = [
  { href: "/inbox", label: "Inbox", icon: "inbox" },
  { href: "/leads", label: "Leads", icon: "leads" },
  { href: "/simulator", label: "Simulator", icon: "phone", for: "owner" },
  { href: "/admin", label: "Health", icon: "pulse", for: "admin" },
  { href: "/admin/deliveries", label: "Deliveries", icon: "deliveries", for: "admin" },
];

/** The ways through the product: a column beside the page, a bar below it on a phone. */
export function NavLinks({ user, inboxNote }: { user: ShellUser; inboxNote: ReactNode }) {
  const path = usePathname();
  const links = LINKS.filter((link) => !link.for || (link.for === "admin" ? user.isAdmin : user.role === "OWNER"));
  const here = links
    .filter(({ href }) => path === href || path.startsWith(`${href}/`))
    .sort((a, b) => b.href.length - a.href.length)[0];
  return (
    <nav aria-label="Main" className="max-md:border-t max-md:border-line">
      <ul className="flex md:flex-col md:gap-0.5">
        {links.map(({ href, label, icon }) => (
          <li key={href} className="min-w-0 flex-1">
            <Link
              href={href}
              aria-current={here?.href === href ? "page" : undefined}
              className="flex items-center gap-2.5 rounded-md px-2.5 py-2 text-muted transition-colors hover:bg-hover hover:text-text aria-[current]:font-medium aria-[current]:text-accent max-md:flex-col max-md:gap-0.5 max-md:px-0.5 max-md:text-xs md:py-1.5 md:aria-[current]:bg-accent-soft"
            >
              <Icon name={icon} className="size-5 md:size-4" />
              {label}
              {href === "/inbox" && inboxNote}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

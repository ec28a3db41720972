import type { Metadata } from "next";
import Link from "next/link";
import { buttonClass } from "@/components/ui/Button";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main className="mx-auto grid min-h-dvh max-w-sm content-center justify-items-start gap-3 p-6">
      <h1 className="text-xl font-semibold">There is nothing here</h1>
      <p className="text-muted">The address may be old or mistyped. (E2006)</p>
      <Link href="/inbox" className={buttonClass("primary")}>
        Open the inbox
      </Link>
    </main>
  );
}

import Image from "next/image";
import type { ReactNode } from "react";

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto grid min-h-dvh max-w-sm content-center gap-6 p-6">
      <Image src="/icon.svg" alt="" width={40} height={40} unoptimized />
      {children}
    </main>
  );
}

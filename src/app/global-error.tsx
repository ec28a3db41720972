"use client";

import { Button } from "@/components/ui/Button";
import "./globals.css";

export default function GlobalError({ retry }: { retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Frontdesk</title>
        <main className="mx-auto grid min-h-dvh max-w-sm content-center justify-items-start gap-3 p-6">
          <h1 className="text-xl font-semibold">Unable to show this page (E3003)</h1>
          <p className="text-muted">Try again; if it stays, tell support the code.</p>
          <Button look="primary" onClick={() => retry()}>
            Try again
          </Button>
        </main>
      </body>
    </html>
  );
}

"use client";

import { useId, useState } from "react";
import { Button } from "@/components/ui/Button";
import type { SimulatorInfo } from "@/lib/simulator/schema";

/** What a script needs to sign deliveries of its own; hidden until asked for. */
export function SigningSecrets({ info }: { info: SimulatorInfo }) {
  const [shown, setShown] = useState(false);
  const id = useId();
  const rows = [
    ["Phone number id", info.phoneNumberId],
    ["App secret", info.appSecret],
    ["Verify token", info.verifyToken],
  ].filter((row): row is [string, string] => Boolean(row[1]));
  if (!rows.length) return null;
  return (
    <section aria-labelledby={`${id}-heading`} className="grid max-w-md justify-items-start gap-3">
      <h2 id={`${id}-heading`} className="font-semibold">
        Deliveries of your own
      </h2>
      <p className="text-sm text-muted">
        A script can post to /api/webhooks/whatsapp itself, if it signs the raw body with the app secret.
      </p>
      <Button aria-expanded={shown} aria-controls={`${id}-secrets`} onClick={() => setShown(!shown)}>
        {shown ? "Hide the secrets" : "Show the secrets"}
      </Button>
      <dl id={`${id}-secrets`} hidden={!shown} className="grid gap-2 text-sm">
        {shown &&
          rows.map(([name, value]) => (
            <div key={name}>
              <dt className="text-xs text-muted">{name}</dt>
              <dd className="font-mono break-all">{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

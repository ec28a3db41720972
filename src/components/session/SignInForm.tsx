"use client";

import { useState } from "react";
import { Button } from "@/components/ui/Button";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { TextField } from "@/components/ui/Field";
import { useDemoSignIn, useProviderSignIn } from "./useSignIn";

export interface SignInWays {
  providers: { id: string; name: string }[];
  demo: boolean;
}

/** The ways in that this installation offers, and the invite code that a new account needs. */
export function SignInForm({ ways, invite: given }: { ways: SignInWays; invite: string }) {
  const [invite, setInvite] = useState(given);
  const demo = useDemoSignIn();
  const provider = useProviderSignIn();
  const busy = demo.isPending || demo.isSuccess || provider.isPending || provider.isSuccess;
  return (
    <div className="grid gap-3">
      {ways.demo && (
        <Button look="primary" disabled={busy} onClick={() => demo.mutate()}>
          Sign in to the demo
        </Button>
      )}
      {ways.providers.map(({ id, name }) => (
        <Button key={id} disabled={busy} onClick={() => provider.mutate({ provider: id, invite: invite.trim() })}>
          Sign in with {name}
        </Button>
      ))}
      {!ways.demo && ways.providers.length === 0 && (
        <p className="text-muted">No way to sign in is configured yet. Whoever runs this installation can add one.</p>
      )}
      {ways.providers.length > 0 && (
        <TextField
          label="Invite code"
          hint="Only for a new account"
          name="invite"
          autoComplete="off"
          value={invite}
          onChange={(event) => setInvite(event.target.value)}
        />
      )}
      {(demo.error ?? provider.error) && <ErrorNote error={demo.error ?? provider.error} verb="sign in" />}
    </div>
  );
}

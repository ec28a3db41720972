"use client";

import { useId, useState, type FormEvent } from "react";
import { Button } from "@/components/ui/Button";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { fieldClass } from "@/components/ui/Field";
import { QueryState } from "@/components/ui/QueryState";
import { Time } from "@/components/ui/Time";
import type { PhoneMessage } from "@/lib/simulator/schema";
import { usePhoneMessages, useTypeAsCustomer } from "./useSimulator";

const MANY = 5;

/** A customer's phone: what they wrote, what was answered, and a line to write the next. */
export function Phone(props: { customer: { number: string | null; name: string }; business: string | null }) {
  const { customer, business } = props;
  return (
    <section
      aria-label={`Phone of ${customer.name || "the customer"}`}
      className="flex h-[min(36rem,75dvh)] w-full max-w-sm flex-col overflow-hidden rounded-lg border border-edge bg-ground"
    >
      <p className="border-b border-line bg-raised px-3 py-2 text-sm font-medium">
        {business || "The business"}
        <span className="block text-xs font-normal text-muted">as {customer.name || "Customer"} sees it</span>
      </p>
      <div
        role="log"
        aria-label="Messages on the phone"
        tabIndex={0}
        className="flex min-h-0 flex-1 flex-col-reverse overflow-y-auto p-3"
      >
        <div>
          {customer.number ? <Screen number={customer.number} /> : <p className="text-muted">Enter a number first.</p>}
        </div>
      </div>
      <Composer number={customer.number} name={customer.name} />
    </section>
  );
}

function Screen({ number }: { number: string }) {
  return (
    <QueryState query={usePhoneMessages(number)} verb="load the phone">
      {(messages) =>
        messages.length ? (
          <ol className="grid gap-2">
            {messages.map((message) => (
              <Bubble key={message.id} message={message} />
            ))}
          </ol>
        ) : (
          <p className="text-center text-muted">Write what a customer would, for example “Hi, my sink leaks”.</p>
        )
      }
    </QueryState>
  );
}

function Bubble({ message }: { message: PhoneMessage }) {
  const mine = message.direction === "IN";
  return (
    <li className={`grid max-w-[85%] gap-0.5 ${mine ? "justify-self-end" : "justify-self-start"}`}>
      <span className="sr-only">{mine ? "Customer:" : "Business:"}</span>
      <p className={`rounded-lg px-3 py-2 wrap-anywhere whitespace-pre-wrap ${mine ? "bg-accent-soft" : "bg-raised"}`}>
        {message.text || "No text"}
      </p>
      <p className={`text-xs text-muted ${mine ? "text-right" : ""}`}>
        <Time at={message.at} />
      </p>
    </li>
  );
}

function Composer({ number, name }: { number: string | null; name: string }) {
  const [text, setText] = useState("");
  const [many, setMany] = useState(false);
  const type = useTypeAsCustomer();
  const fieldId = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!number || !text.trim() || type.isPending) return;
    const message = { customer: number, name: name.trim() || "Customer", text, copies: many ? MANY : 1 };
    type.mutate(message, { onSuccess: () => setText("") });
  };
  return (
    <form
      onSubmit={submit}
      aria-label="Write as the customer"
      className="grid gap-2 border-t border-line bg-raised p-3"
    >
      <div className="flex gap-2">
        <label htmlFor={fieldId} className="sr-only">
          Message
        </label>
        <input
          id={fieldId}
          autoComplete="off"
          maxLength={4096}
          placeholder="Message"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className={fieldClass}
        />
        <Button type="submit" look="primary" disabled={!number || !text.trim() || type.isPending}>
          Send
        </Button>
      </div>
      <label className="flex items-center gap-2 text-sm pointer-coarse:min-h-11">
        <input type="checkbox" checked={many} onChange={(event) => setMany(event.target.checked)} />
        Deliver {MANY} times at once
      </label>
      {type.error && <ErrorNote error={type.error} verb="deliver the message" />}
    </form>
  );
}

"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { SelectField, TextField } from "@/components/ui/Field";
import { EmptyState } from "@/components/ui/EmptyState";
import { PaneBoundary } from "@/components/ui/PaneBoundary";
import { QueryState } from "@/components/ui/QueryState";
import { useDebounced } from "@/components/ui/useDebounced";
import type { SimulatorInfo } from "@/lib/simulator/schema";
import { CUSTOMERS, customerOf, phoneDigits, type Customer } from "./customers";
import { Phone } from "./Phone";
import { SigningSecrets } from "./SigningSecrets";
import { useSimulatorInfo } from "./useSimulator";

/** A phone on which an owner plays the customer, against the real webhook. */
export function SimulatorView() {
  return (
    <QueryState query={useSimulatorInfo()} verb="load the simulator">
      {(info) => (info.enabled ? <Simulator info={info} /> : <SwitchedOff />)}
    </QueryState>
  );
}

function Simulator({ info }: { info: SimulatorInfo }) {
  const router = useRouter();
  const search = useSearchParams();
  const customer = customerOf(search.get("customer"), search.get("name"));
  const choose = ({ number, name }: Customer) =>
    router.replace(`/simulator?${new URLSearchParams({ customer: number, name })}`, { scroll: false });
  return (
    <div className="flex flex-wrap items-start gap-8">
      <PaneBoundary verb="show the phone">
        <Phone
          key={phoneDigits(customer.number)}
          customer={{ number: phoneDigits(customer.number), name: customer.name }}
          business={info.displayNumber}
        />
      </PaneBoundary>
      <div className="grid min-w-60 flex-1 gap-6">
        <CustomerChoice customer={customer} onChoose={choose} />
        <SigningSecrets info={info} />
      </div>
    </div>
  );
}

function CustomerChoice({ customer, onChoose }: { customer: Customer; onChoose: (customer: Customer) => void }) {
  const known = CUSTOMERS.some(({ number }) => number === customer.number);
  return (
    <section aria-labelledby="customer-heading" className="grid max-w-sm gap-3">
      <h2 id="customer-heading" className="font-semibold">
        Who writes
      </h2>
      <SelectField
        label="Customer"
        value={known ? customer.number : ""}
        onChange={(event) => onChoose(customerOf(event.target.value, ""))}
      >
        {CUSTOMERS.map(({ number, name }) => (
          <option key={number} value={number}>
            {name}, +{number}
          </option>
        ))}
        <option value="">Somebody else</option>
      </SelectField>
      {!known && <SomebodyElse initial={customer} onChoose={onChoose} />}
    </section>
  );
}

function SomebodyElse({ initial, onChoose }: { initial: Customer; onChoose: (customer: Customer) => void }) {
  const [customer, setCustomer] = useState(initial);
  const show = useDebounced(onChoose, 250);
  const change = (part: Partial<Customer>) => {
    const next = { ...customer, ...part };
    setCustomer(next);
    show(next);
  };
  return (
    <>
      <TextField
        label="Number"
        inputMode="tel"
        hint="7 to 15 digits, with the country code"
        value={customer.number}
        onChange={(event) => change({ number: event.target.value })}
      />
      <TextField
        label="Name"
        maxLength={100}
        value={customer.name}
        onChange={(event) => change({ name: event.target.value })}
      />
    </>
  );
}

function SwitchedOff() {
  return (
    <EmptyState icon="phone" title="The simulator is switched off">
      It stands in for WhatsApp while you try things out. Set FRONTDESK_SIMULATOR to 1 and start again to use it.
    </EmptyState>
  );
}

import { parsePhoneNumberFromString } from "libphonenumber-js";

interface Address {
  kind: string;
  value: string;
}

/** A contact's current address for people: the phone in international format, else the username id, else null. */
export function displayAddress(addresses: Address[]): string | null {
  return phoneOf(addresses) ?? addresses[0]?.value ?? null;
}

/** What a contact is called: the own name, else the phone, else "Customer"; never empty. */
export function displayName(name: string | null, addresses: Address[]): string {
  return name?.trim() || (phoneOf(addresses) ?? "Customer");
}

function phoneOf(addresses: Address[]): string | undefined {
  const digits = addresses.find(({ kind }) => kind === "PHONE")?.value;
  return digits && (parsePhoneNumberFromString(`+${digits}`)?.formatInternational() ?? `+${digits}`);
}

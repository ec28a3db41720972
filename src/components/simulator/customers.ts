export interface Customer {
  /** digits, with the country code */
  number: string;
  name: string;
}

/** People to play. The numbers are set aside for fiction. */
export const CUSTOMERS: Customer[] = [
  { number: "447700900101", name: "Ada Park" },
  { number: "447700900102", name: "Ben Osei" },
  { number: "447700900103", name: "Chiara Rossi" },
  { number: "12025550142", name: "Dana Wells" },
];

/** The customer that the address names; by default the first. */
export function customerOf(number: string | null, name: string | null): Customer {
  const known = CUSTOMERS.find((customer) => customer.number === number);
  if (number === null || known) return known ?? CUSTOMERS[0]!;
  return { number, name: name ?? "" };
}

/** The digits that a number must be made of, once its signs are dropped; null: they are not a number yet. */
export function phoneDigits(text: string): string | null {
  const digits = text.replace(/[\s+().-]/g, "");
  return /^\d{7,15}$/.test(digits) ? digits : null;
}

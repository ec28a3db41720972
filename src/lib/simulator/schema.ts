import { z } from "zod";

export const SimulatorInfo = z.object({
  enabled: z.boolean(),
  phoneNumberId: z.string().nullable(),
  displayNumber: z.string().nullable(),
  /** shown so that a script can sign its own deliveries; demo only */
  appSecret: z.string().nullable(),
  verifyToken: z.string().nullable(),
});
export type SimulatorInfo = z.infer<typeof SimulatorInfo>;

/** One bubble on the simulated phone. */
export const PhoneMessage = z.object({
  id: z.uuid(),
  direction: z.enum(["IN", "OUT"]),
  wamid: z.string(),
  text: z.string(),
  at: z.iso.datetime(),
});
export type PhoneMessage = z.infer<typeof PhoneMessage>;

const customer = z.string().regex(/^\d{7,15}$/, "7 to 15 digits, with the country code");
export const PhoneQuery = z.strictObject({ customer });

export const TypeAsCustomer = z.strictObject({
  customer,
  name: z.string().trim().min(1).max(100).default("Customer"),
  text: z.string().trim().min(1, "Write a message").max(4096),
  /** how many identical deliveries Meta makes of it, at once */
  copies: z.int().min(1).max(10).default(1),
});
export type TypeAsCustomer = z.input<typeof TypeAsCustomer>;

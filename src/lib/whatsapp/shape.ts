import { z } from "zod";

// Every field is optional and a wrong one counts as absent: a trap in one field never costs the rest of its message.
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
/** Meta's ids are strings of digits; its own examples also carry them as bare numbers */
const id = z
  .union([z.string(), z.number().int().transform(String)])
  .optional()
  .catch(undefined);
const time = z.union([z.string(), z.number()]).optional().catch(undefined);

function part<T extends z.ZodRawShape>(shape: T) {
  return z.object(shape).optional().catch(undefined);
}

function list<T extends z.ZodRawShape>(shape: T) {
  const items = z.array(z.object(shape).optional().catch(undefined));
  return items.transform((all) => all.filter((item) => item !== undefined)).catch([]);
}

const error = {
  code: z.number().int().optional().catch(undefined),
  title: text,
  message: text,
  error_data: part({ details: text }),
};
const errors = list(error);
export type ErrorShape = z.infer<typeof errors>[number];
const media = part({ caption: text, filename: text, voice: z.boolean().optional().catch(undefined), duration: number });
const reply = part({ title: text, description: text });

/** A message as it stands in `messages` and `message_echoes`. */
export const MessageShape = z.object({
  id: text,
  from: id,
  from_user_id: text,
  to: id,
  to_user_id: text,
  timestamp: time,
  type: text,
  errors,
  context: part({ id: text }),
  text: part({ body: text }),
  image: media,
  video: media,
  audio: media,
  document: media,
  sticker: media,
  location: part({ latitude: number, longitude: number, name: text, address: text }),
  contacts: list({ name: part({ formatted_name: text, first_name: text }) }),
  interactive: part({
    button_reply: reply,
    list_reply: reply,
    nfm_reply: part({ body: text, response_json: z.unknown().optional() }),
  }),
  button: part({ text: text, payload: text }),
  reaction: part({ message_id: text, emoji: text }),
  order: part({ text: text, product_items: z.array(z.unknown()).catch([]) }),
  system: part({ type: text, body: text, wa_id: id, new_wa_id: id, user_id: text }),
  edit: part({ original_message_id: text, message_id: text, message: z.unknown().optional() }),
  revoke: part({ original_message_id: text, message_id: text }),
  unsupported: part({ type: text }),
});
export type MessageShape = z.infer<typeof MessageShape>;

/** One delivery report out of `statuses`. */
export const StatusShape = z.object({
  id: text,
  status: text,
  timestamp: time,
  recipient_id: id,
  recipient_user_id: text,
  biz_opaque_callback_data: text,
  errors,
});

/** One entry of the field `user_id_update`. */
export const AddressChangeShape = z.object({
  wa_id: id,
  user_id: z
    .union([
      z.object({ previous: text, current: text }),
      z.string().transform((current) => ({ current, previous: undefined })),
    ])
    .optional()
    .catch(undefined),
  previous_user_id: text,
  timestamp: time,
});

/** The `value` of a change: its lists stay unread, so that each element is judged by itself. */
export const ValueShape = z.object({
  metadata: part({ phone_number_id: id }),
  contacts: list({ wa_id: id, user_id: text, profile: part({ name: text }) }),
  messages: z.unknown().optional(),
  message_echoes: z.unknown().optional(),
  statuses: z.unknown().optional(),
  user_id_update: z.unknown().optional(),
  errors,
  event: text,
  message_template_name: text,
  reason: text,
});
export type ValueShape = z.infer<typeof ValueShape>;

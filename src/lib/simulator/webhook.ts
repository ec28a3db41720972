import { randomBytes } from "node:crypto";
import { env } from "@/lib/env";
import { AppError, noAnswer } from "@/lib/error-handler";
import { sign } from "@/lib/whatsapp/signature";

/** A message id in the shape of Meta's. */
export function newWamid(): string {
  return `wamid.${randomBytes(24).toString("base64")}`;
}

/** The envelope Meta would post for one change on a number. */
export function envelope(phoneNumberId: string, displayNumber: string, change: object): object {
  return {
    object: "whatsapp_business_account",
    entry: [
      {
        id: "0",
        changes: [
          {
            field: "messages",
            value: {
              messaging_product: "whatsapp",
              metadata: { display_phone_number: displayNumber.replace(/\D/g, ""), phone_number_id: phoneNumberId },
              ...change,
            },
          },
        ],
      },
    ],
  };
}

/** Posts a signed delivery to the real webhook, as Meta does, in several copies at once if asked. Returns the statuses. Throws IntegrationError where nobody answers. */
export async function postDelivery(body: object, copies = 1): Promise<number[]> {
  const { APP_URL, WHATSAPP_APP_SECRET } = env();
  if (!WHATSAPP_APP_SECRET) throw new AppError("SIMULATOR_OFF");
  const raw = JSON.stringify(body);
  const headers = { "content-type": "application/json", "x-hub-signature-256": sign(raw, WHATSAPP_APP_SECRET) };
  const post = async () => {
    const request = fetch(`${APP_URL}/api/webhooks/whatsapp`, { method: "POST", headers, body: raw });
    const answer = await request.catch((cause: unknown) => {
      throw noAnswer("webhook", cause);
    });
    return answer.status;
  };
  return Promise.all(Array.from({ length: copies }, post));
}

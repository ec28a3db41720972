import type { z } from "zod";
import type { Ctx } from "@/lib/context";
import { AppError } from "@/lib/error-handler";
import { addPhoneMessage, simulatorChannel } from "./queries";
import type { TypeAsCustomer } from "./schema";
import { envelope, newWamid, postDelivery } from "./webhook";

/** Plays a customer: a text message goes to the real webhook, signed, in as many copies as asked. Throws SIMULATOR_OFF. */
export async function typeAsCustomer(
  ctx: Ctx,
  { customer, name, text, copies }: z.output<typeof TypeAsCustomer>,
): Promise<{ wamid: string; answers: number[] }> {
  const wamid = newWamid();
  const channel = await ctx.db.$transaction(async (tx) => {
    const channel = await simulatorChannel(tx, ctx.businessId);
    if (!channel) throw new AppError("SIMULATOR_OFF");
    const { businessId } = ctx;
    const { phoneNumberId } = channel;
    await addPhoneMessage(tx, { businessId, phoneNumberId, customer, direction: "IN", wamid, text, payload: {} });
    return channel;
  });
  const message = {
    from: customer,
    id: wamid,
    timestamp: String(Math.floor(ctx.now().getTime() / 1000)),
    type: "text",
    text: { body: text },
  };
  const contacts = [{ profile: { name }, wa_id: customer }];
  const answers = await postDelivery(
    envelope(channel.phoneNumberId, channel.displayNumber, { contacts, messages: [message] }),
    copies,
  );
  return { wamid, answers };
}

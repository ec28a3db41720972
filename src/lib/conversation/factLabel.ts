import { TZDate } from "@date-fns/tz";
import { format } from "date-fns";
import { refineText } from "@/lib/ai/refine";
import type { Fact } from "@/lib/ai/understand";
import { ServiceTypeEnum } from "@/lib/business/schema";
import type { LeadField } from "@/lib/leads/schema";
import { serviceLabel } from "@/lib/leads/serviceLabel";

type Known = Partial<Record<LeadField, string>>;

/** What is known once a turn's facts are added: more precise words replace, nothing is taken away. */
export function withFacts(known: Known, facts: Fact[], ownLabel: string | null): Known {
  return facts.reduce<Known>(
    (all, fact) => ({ ...all, [fact.field]: refineText(fact.field, all[fact.field], factLabel(fact, ownLabel)) }),
    known,
  );
}

/** How what is known is said to the customer: a trade by its label, the rest in the words it was said in. */
export function spoken(known: Known, ownLabel: string | null): Known {
  const trade = ServiceTypeEnum.safeParse(known.service).data;
  if (!trade) return known;
  return { ...known, service: ownLabel ?? (trade === "OTHER" ? undefined : serviceLabel(null, trade)) };
}

function factLabel({ normalized, value }: Fact, ownLabel: string | null): string {
  if ("serviceTypeEnum" in normalized)
    return normalized.serviceTypeEnum === "OTHER" && !normalized.serviceTypeId
      ? value
      : (ownLabel ?? serviceLabel(null, normalized.serviceTypeEnum));
  return "local" in normalized ? momentLabel(normalized.local, value) : value;
}

/** "Tuesday 24 November at 3:30 pm", or the day with the part of it that was named. */
function momentLabel(local: string, words: string): string {
  const at = new TZDate(`${local.length > 10 ? local : `${local}T00:00`}Z`, "UTC");
  const day = format(at, "EEEE d MMMM");
  if (local.length > 10) return `${day} at ${format(at, at.getMinutes() === 0 ? "h aaa" : "h:mm aaa")}`;
  const period = /\b(?:morning|afternoon|evening|night)\b/i.exec(words)?.[0].toLowerCase();
  return period ? `${day}, ${period}` : day;
}

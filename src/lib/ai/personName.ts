import type { Found } from "@/lib/ai/place";

const WORD = "[\\p{L}\\p{M}][\\p{L}\\p{M}'’-]{0,29}";
const TITLE = "(?:(?:mr|mrs|ms|miss|dr|prof)\\.? )?";
const GIVEN = new RegExp(`\\b(?:(?:my |the )?name(?:['’]s| is|:)|name is) +(${TITLE}${WORD}(?: ${WORD}){0,3})`, "diu");
const INTRODUCED = new RegExp(
  `(?:\\b(?:[Ii]['’]?m|[Ii] am|I['’]M|[Tt]his is|[Ii]t['’]?s)) +((?:(?:Mr|Mrs|Ms|Miss|Dr|Prof)\\.? )?\\p{Lu}[\\p{L}\\p{M}'’-]{0,29}(?: \\p{Lu}[\\p{L}\\p{M}'’-]{0,29}){0,3})`,
  "du",
);
const HERE = /(?:^|[.!,\n] ?)((?:\p{Lu}[\p{L}'’-]{1,29} ?){1,3}) here\b/du;
const NOT_NAMES = new Set(
  `a an the and i im i'm my me we our you your it is this that there here from at in on of for with by to but so or not no yes ok okay sure
  looking interested calling writing wondering trying hoping having getting after just still also very really quite currently now
  available free happy sorry new locked stuck urgent urgently emergency important home away busy ready going coming moving
  need want would could can please thanks thank hello hi hey good great fine well sick pregnant
  plumber plumbing electrician cleaner customer client tenant landlord owner english british american
  monday tuesday wednesday thursday friday saturday sunday today tomorrow asap about regarding concerning
  none nothing unknown skip pass what why how when where who private secret`.split(/\s+/),
);

/** The name somebody gives themselves; null when none is given. */
export function findName(text: string): Found | null {
  const shouted = text.length > 12 && text === text.toUpperCase();
  return (
    nameWords(text, GIVEN, 0.95) ?? (shouted ? null : (nameWords(text, INTRODUCED, 0.85) ?? nameWords(text, HERE, 0.8)))
  );
}

/** Whether a short answer can be a name: one to four words of letters, none of them an everyday word. */
export function looksLikeName(text: string): boolean {
  const words = text.trim().split(/\s+/u);
  return (
    words.length <= 4 &&
    text.length <= 80 &&
    words.every((word) => /^[\p{L}\p{M}][\p{L}\p{M}'’.-]*$/u.test(word) && !NOT_NAMES.has(word.toLowerCase()))
  );
}

function nameWords(text: string, pattern: RegExp, confidence: number): Found | null {
  const at = pattern.exec(text)?.indices?.[1];
  if (!at) return null;
  let end = at[0];
  for (const match of text.slice(at[0], at[1]).matchAll(/[^\s]+/gu)) {
    if (NOT_NAMES.has(match[0].toLowerCase())) break;
    end = at[0] + match.index + match[0].length;
  }
  return end > at[0] ? { start: at[0], end, confidence } : null;
}

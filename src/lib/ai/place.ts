export interface Found {
  start: number;
  end: number;
  confidence: number;
}

const UK_POSTCODE = /\b(?:GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})\b/i;
const STATES =
  "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]";
const US_ZIP = /(?<![\p{L}\p{N}$£€#-])\d{5}(?:-\d{4})?(?![\p{L}\p{N}-])/u;
const US_ZIP_MARKED = new RegExp(`(?:\\b(?:${STATES})|\\bzip(?: ?code)?(?: is)?:?) +(\\d{5}(?:-\\d{4})?)\\b`, "id");
const KIND =
  "street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|close|place|pl|way|terrace|square|sq|crescent|boulevard|blvd|parkway|pkwy|highway|hwy|gardens|grove|row|mews|hill|walk|circle|cir|trail|trl|park|rise|quay|wharf";
const STREET = new RegExp(
  `(?:\\b(?:flat|apt|apartment|unit|suite) ?#?\\w{1,5},? )?\\b\\d{1,6}[a-z]?(?:[-/]\\d{1,5})?,? (?:[\\p{L}\\d.'’-]{1,24} ){1,4}?(?:${KIND})\\b\\.?`,
  "iu",
);
const TAIL = new RegExp(
  `^(?:,? (?:flat|apt|apartment|unit|suite|#) ?#?\\w{1,5}\\b|,? ?\\n?${UK_POSTCODE.source.replace("\\b", "")}|,? (?:${STATES})\\b(?: \\d{5}(?:-\\d{4})?)?|, ?\\d{5}(?:-\\d{4})?\\b|,? (?:in )?\\p{Lu}[\\p{L}'’-]{1,24}(?![\\p{L}\\p{N}'’-])(?: \\p{Lu}[\\p{L}'’-]{1,24}(?![\\p{L}\\p{N}'’-])){0,3}|, ?\\p{L}[\\p{L}'’-]{1,24}(?: \\p{L}[\\p{L}'’-]{1,24}){0,2}(?=[\\s.]*$))`,
  "u",
);
const NAMED =
  /\b(?:in|at|near|around|by|from)\s+((?:the\s+)?\p{Lu}[\p{L}'’.-]{1,30}(?:\s+\p{Lu}[\p{L}'’-]{1,30}){0,3})/du;
const BASED =
  /\b(?:live|living|based|located|situated|house is|flat is|home is|address is|office is|shop is|place is|property is|(?:i|we)['’]?(?:m|re| am| are))\s+(?:in|at|near)\s+((?:the\s+)?[\p{L}'’-]{2,30}(?:\s+[\p{L}'’-]{2,30}){0,2})/diu;
const NOT_PLACES = new Set(
  `monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun today tomorrow tonight
  january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
  morning afternoon evening night noon midday lunch lunchtime christmas easter once least best first last all any
  i my your our this that a an pain trouble need hurry rush work home school advance general total english french spanish
  please thanks thank hi hello hey can could would how what when the no yes agony bed charge love debt doubt moment process middle
  plumber plumbing whatsapp facebook google`.split(/\s+/),
);

/** A place in the text: an address, a postcode, or what "in" and "at" name; null when there is none. */
export function findPlace(text: string, country: string): Found | null {
  return findStreet(text) ?? findPostcode(text, country) ?? findNamed(text);
}

/** Whether the text is a postcode and nothing else. */
export function isPostcode(text: string): boolean {
  const trimmed = text.trim();
  return UK_POSTCODE.exec(trimmed)?.[0].length === trimmed.length || /^\d{5}(?:-\d{4})?$/.test(trimmed);
}

export function hasPostcode(text: string): boolean {
  return UK_POSTCODE.test(text) || US_ZIP.test(text);
}

function findStreet(text: string): Found | null {
  const street = STREET.exec(text);
  if (!street) return null;
  let end = street.index + street[0].length;
  for (let parts = 0; parts < 4; parts++) {
    const tail = TAIL.exec(text.slice(end, end + 120))?.[0];
    if (!tail || tail.split(/[\s,]+/).some((word) => NOT_PLACES.has(word.toLowerCase()))) break;
    end += tail.length;
  }
  return { start: street.index, end, confidence: 0.95 };
}

function findPostcode(text: string, country: string): Found | null {
  const uk = UK_POSTCODE.exec(text);
  if (uk) return { start: uk.index, end: uk.index + uk[0].length, confidence: 0.95 };
  const marked = US_ZIP_MARKED.exec(text)?.indices?.[1];
  if (marked) return { start: marked[0], end: marked[1], confidence: 0.95 };
  const zip = country === "US" ? US_ZIP.exec(text) : null;
  return zip ? { start: zip.index, end: zip.index + zip[0].length, confidence: 0.8 } : null;
}

function findNamed(text: string): Found | null {
  const shouted = text === text.toUpperCase();
  return placeWords(text, shouted ? null : NAMED, 0.75) ?? placeWords(text, BASED, 0.7);
}

function placeWords(text: string, pattern: RegExp | null, confidence: number): Found | null {
  for (let from = 0; pattern && from < text.length;) {
    const match = pattern.exec(text.slice(from));
    const at = match?.indices?.[1];
    if (!match || !at) return null;
    const start = from + at[0];
    const end = start + leadingPlace(text.slice(start, from + at[1]));
    if (end > start) return { start, end, confidence };
    from = start;
  }
  return null;
}

/** How far the words name a place: up to the first that cannot be part of one. */
function leadingPlace(words: string): number {
  let end = 0;
  for (const match of words.matchAll(/[^\s]+/gu)) {
    const word = match[0].toLowerCase().replace(/[.'’]+$/u, "");
    if (word === "the" && end === 0) continue;
    if (NOT_PLACES.has(word) || /^(?:and|but|so|for|with|on|at|in|is|are|have|has|who|which|or|to|of)$/.test(word))
      break;
    end = match.index + match[0].replace(/[.]+$/u, "").length;
  }
  return end;
}

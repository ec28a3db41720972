const OPT_OUT = new Set(
  `stop, stopall, stop all, please stop, stop please, stop it, stop now, unsubscribe, unsubscribe me, please unsubscribe, unsub,
  cancel, cancel all, end, end all, quit, quit all, opt out, optout, opt me out, revoke, remove me, no more messages,
  baja, darme de baja, alto, parar, pare, detener, cancelar, arret, arreter, desabonner, stopp, abmelden, afmelden, sair, basta`
    .split(",")
    .map((word) => word.trim()),
);
const OPT_IN = new Set(["start", "unstop", "subscribe", "resubscribe", "opt in", "optin", "opt me in", "start again"]);
const STOP_MESSAGES =
  /^(?:please )?(?:stop(?! by\b)|unsubscribe|do not|dont|quit)\b[^\n]{0,40}\b(?:messages|messaging(?: me)?|texts|texting(?: me)?|contacting me|sending (?:me )?(?:this|these|stuff)|(?:message|text|contact) me (?:again|anymore|any more))\b/;
const MESSAGES_ABOUT = /\b(?:take|remove) me off (?:your|the|this) list\b/;

const WHO =
  "(?:(?:a|an|the|your|some|any|actual|real|live|human|proper|customer|service|sales) ){0,4}(?:someone|somebody|anyone|human|person|agent|operator|representative|rep|advisor|adviser|manager|owner|boss|receptionist|staff|team|people|colleague|member of staff)";
const PERSON = [
  new RegExp(`\\b(?:speak|talk|chat|connect me|put me through|pass me|transfer me) (?:to|with|on to) ${WHO}\\b`),
  /\b(?:real|actual|live) (?:human|person|agent|people)\b/,
  /\b(?:need|want|get me|give me|prefer) (?:a|an|the|to have a) (?:human(?! hair)|person|agent|operator|representative)\b/,
  /^(?:(?:please|i want|a|an|human|person|agent|operator|representative|customer service|help me) ?){1,3}(?:please)?$/,
  /(?<!\bdont |\bnot |\bnever )\b(?:call|ring|phone) me(?: (?:back|please|pls|plz|asap|now|today|tomorrow|later|on|at|when|as soon|urgently|thanks)\b|$)/,
  /(?<!\bdont |\bnot |\bnever )\b(?:give me a (?:call|ring)|(?:can|could|will) (?:someone|somebody) (?:call|ring|phone|contact))\b/,
];

const GREETING_CORE = new Set(
  "hi hello hey heya hiya howdy yo greetings morning afternoon evening hola bonjour hallo ciao".split(" "),
);
const GREETING_WITH = new Set(
  "good day there team all how are you today guys everyone sir madam u dear doing is it going".split(" "),
);
const THANKS_CORE = new Set(
  "thanks thank thankyou thx tx ty ta cheers appreciated appreciate gracias merci danke ok okay okey k kk great perfect lovely brilliant cool awesome fine nice super wonderful excellent bye goodbye sorted noted".split(
    " ",
  ),
);
const THANKS_WITH = new Set(
  "you u so much very a lot many again for your the help it that thats is all good no i really will do then now see ya soon and have day evening weekend one guys team sounds".split(
    " ",
  ),
);
const THUMBS =
  /^(?:[\u{1F44D}\u{1F44C}\u{1F64F}\u{2764}\u{1F60A}\u{1F642}\u{263A}\u{1F44F}\u{2705}\u{1F3FB}-\u{1F3FF}\u{FE0F}\s])+$/u;
const QUESTION =
  /^(?:what|when|where|who|why|how|which|do you|does|can you|can i|could you|could i|is it|is there|are you|are there|will you|would you|have you)\b/;

/** Lower case, without accents and punctuation, single spaces: what the word lists are compared with. */
export function plainWords(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

export function isOptOut(text: string): boolean {
  const plain = plainWords(text);
  return OPT_OUT.has(plain) || (plain.length <= 120 && (STOP_MESSAGES.test(plain) || MESSAGES_ABOUT.test(plain)));
}

export function isOptIn(text: string): boolean {
  return OPT_IN.has(plainWords(text));
}

export function asksForPerson(text: string): boolean {
  const plain = plainWords(text);
  return PERSON.some((pattern) => pattern.test(plain));
}

/** Only a greeting, the business's own name allowed in it. */
export function isGreeting(text: string, businessName: string): boolean {
  const own = new Set(plainWords(businessName).split(" "));
  const words = plainWords(text)
    .replace(/(\p{L})\1{2,}/gu, "$1")
    .split(" ");
  return (
    words.some((word) => GREETING_CORE.has(word)) &&
    words.every((word) => GREETING_CORE.has(word) || GREETING_WITH.has(word) || own.has(word))
  );
}

/** Thanks, or a plain acknowledgement: nothing that waits for an answer. */
export function isThanks(text: string): boolean {
  if (THUMBS.test(text)) return true;
  const words = plainWords(text).split(" ");
  return (
    words.some((word) => THANKS_CORE.has(word)) && words.every((word) => THANKS_CORE.has(word) || THANKS_WITH.has(word))
  );
}

export function isQuestion(text: string): boolean {
  return /[?؟？]/u.test(text) || QUESTION.test(plainWords(text));
}

import type { ErrorEntry } from "@/lib/errors/entry";
import { ERRORS } from "@/lib/errors/table";

const FAMILIES = [
  { figure: "1", title: "Sign-in and permission" },
  { figure: "2", title: "Validation" },
  { figure: "3", title: "Database and the program itself" },
  { figure: "4", title: "Network and integrations" },
  { figure: "5", title: "Business rules" },
];

/** What is generated from the table of errors: each file's path and its whole text. */
export function errorDocs(): Record<string, string> {
  return { "docs/errors/error-codes.md": page(), "docs/errors/error-dictionary.json": dictionary() };
}

function dictionary(): string {
  const bySupportCode = entries().map(([code, { supportCode, ...rest }]) => [supportCode, { code, ...rest }]);
  return `${JSON.stringify(Object.fromEntries(bySupportCode), null, 2)}\n`;
}

function page(): string {
  const families = FAMILIES.map(({ figure, title }) => {
    const rows = entries().filter(([, { supportCode }]) => supportCode[1] === figure);
    return [`## E${figure}xxx: ${title}`, "", ...rows.flatMap(section)].join("\n");
  });
  return `${INTRODUCTION}\n${families.join("\n")}`;
}

function section([code, { supportCode, status, message, userMessage, cause, audience }]: [string, ErrorEntry]) {
  return [
    `### ${supportCode} ${code}`,
    "",
    `- Status: ${status}`,
    `- Says: ${message}. ${userMessage}.`,
    `- Cause: ${cause}.`,
    `- Put right by: the ${audience}`,
    "",
  ];
}

function entries(): [string, ErrorEntry][] {
  return Object.entries(ERRORS).sort(([, a], [, b]) => (a.supportCode < b.supportCode ? -1 : 1));
}

const INTRODUCTION = `# Error codes

Generated from the table in \`src/lib/errors\` by \`npm run docs:errors\`; a change here is lost. The same table as JSON, by
support code: [error-dictionary.json](error-dictionary.json).

Every error of the API has one body. \`code\` is the name for programs and \`supportCode\` the one that a person reads out to
support; \`message\` says what happened and \`userMessage\` what to do next. Both names stay the same for good.

\`\`\`json
${JSON.stringify(
  {
    success: false,
    error: {
      code: "VALIDATION_ERROR",
      supportCode: ERRORS.VALIDATION_ERROR.supportCode,
      message: ERRORS.VALIDATION_ERROR.message,
      userMessage: ERRORS.VALIDATION_ERROR.userMessage,
      details: [{ field: "name", message: "Required field" }],
      requestId: "01980000-0000-7000-8000-000000000000",
    },
  },
  null,
  2,
)}
\`\`\`

\`details\` stands there only where fields are concerned, \`current\` (the row as it is now) only with a stale version. An
answer of 503, of 429, and of ${ERRORS.WRITE_CONFLICT.supportCode} and ${ERRORS.IDEMPOTENCY_KEY_BUSY.supportCode} says in \`Retry-After\` how many seconds to wait. To find one error in the log, search for
its \`requestId\`, which is also in the \`X-Request-Id\` header.
`;

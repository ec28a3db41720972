/** One thing that can go wrong, in the words of everyone who meets it. */
export interface ErrorEntry {
  /** what a person reads out to support; the first figure is the family */
  supportCode: `E${1 | 2 | 3 | 4 | 5}${number}`;
  /** one of the contract's closed list */
  status: number;
  /** what happened; safe to show */
  message: string;
  /** what to do next; safe to show */
  userMessage: string;
  /** why it happens, for whoever looks after the program */
  cause: string;
  /** who can put it right */
  audience: "user" | "integrator" | "operator";
}

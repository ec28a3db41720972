import { describe, expect, it } from "vitest";
import { signInTrouble } from "./signInTrouble";

describe("signInTrouble", () => {
  it("has words of its own for what a person can mend", () => {
    expect(signInTrouble("InviteNeeded")).toContain("invite code");
    expect(signInTrouble("EmailNotVerified")).toContain("email address");
  });

  it("has general words for a provider's trouble and for unknown codes, and never repeats the code", () => {
    expect(signInTrouble("OAuthCallback")).toContain("provider");
    expect(signInTrouble("toString")).toContain("did not work");
    expect(signInTrouble("<b>x</b>")).not.toContain("<b>");
  });

  it("says nothing without a code", () => {
    expect(signInTrouble(undefined)).toBeNull();
  });
});

import { expect, it } from "vitest";
import { whoAnswers } from "./whoAnswers";

it("tells who is waited for, who answers, and who has left", () => {
  const nobody = { handlerUserId: null, handlerName: null };
  const ana = "01930000-0000-7000-8000-000000000002";
  expect(whoAnswers({ handler: "AI", ...nobody })).toBe("The receptionist answers");
  expect(whoAnswers({ handler: "PERSON", ...nobody })).toMatch(/^Waiting for a person/);
  expect(whoAnswers({ handler: "PERSON", handlerUserId: ana, handlerName: "Ana" })).toMatch(/^Ana answers/);
  expect(whoAnswers({ handler: "PERSON", handlerUserId: ana, handlerName: null })).toMatch(/^A person answers/);
});

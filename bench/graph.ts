import { startGraphServer } from "../tests/fixtures/graphServer";

/** What the stand-in for Graph is asked: where it is, or what it has taken so far. */
export interface GraphAnswer {
  url: string;
  /** each message taken: to whom, and when its request had arrived, in milliseconds since the epoch */
  taken: [to: string, at: number][];
}

const taken: GraphAnswer["taken"] = [];
const graph = await startGraphServer();
graph.behave(({ to }) => {
  taken.push([to, Date.now()]);
  return { take: true, answer: "normal" };
});
process.on("message", () => process.send?.({ url: graph.url, taken } satisfies GraphAnswer));

import { redirect } from "next/navigation";
import { currentSession } from "@/lib/auth/pageSession";

export default async function Home() {
  redirect((await currentSession()) ? "/inbox" : "/sign-in");
}

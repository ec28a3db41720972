import { Skeleton } from "@/components/ui/Skeleton";

export default function SignInLoading() {
  return <Skeleton rows={2} label="Loading the ways to sign in" />;
}

import { Skeleton } from "@/components/ui/Skeleton";

export default function SimulatorLoading() {
  return <Skeleton rows={6} label="Loading the simulator" />;
}

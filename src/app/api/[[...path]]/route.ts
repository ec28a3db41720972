import { AppError } from "@/lib/error-handler";
import { route } from "@/lib/http/route";

/** Every address under /api that no route has, whatever the method. */
const missing = route({
  auth: "public",
  handle: () => {
    throw new AppError("NOT_FOUND");
  },
});

export { missing as GET, missing as POST, missing as PUT, missing as PATCH, missing as DELETE };

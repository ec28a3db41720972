"use client";

import { useEffect, useRef } from "react";

/** A function that runs once its calls have paused for `wait` milliseconds, with the last argument. */
export function useDebounced<T>(run: (value: T) => void, wait: number): (value: T) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (value) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => run(value), wait);
  };
}

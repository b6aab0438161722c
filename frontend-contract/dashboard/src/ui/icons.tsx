import type { ReactNode } from "react";

const PATHS = {
  check: <path d="m3.5 8.5 3 3 6-7" />,
  chevron: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  back: <path d="M9.5 3.5 5 8l4.5 4.5" />,
  file: <path d="M4 2h5l3 3v9H4zM9 2v3h3M6.3 8.5h3.4M6.3 11h3.4" />,
  search: <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14" />,
  close: <path d="m4 4 8 8m0-8-8 8" />,
  warning: <path d="M8 2.5 14.5 13.5h-13zM8 6.5v3.2m0 1.8v.2" />,
  clock: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9.2V8l2.2 1.6" />,
  plus: <path d="M8 3v10M3 8h10" />,
  external: <path d="M6 3.5H3.5v9h9V10M9 3.5h3.5V7M12.2 3.8 7.5 8.5" />,
  mail: <path d="M2 4h12v8.5H2zm0 .5 6 4.5 6-4.5" />,
  people: <path d="M6 7.5A2.3 2.3 0 1 0 6 3a2.3 2.3 0 0 0 0 4.5ZM1.8 13c.3-2.4 2-3.7 4.2-3.7S9.9 10.6 10.2 13M10.7 7.3a2 2 0 1 0-.6-3.9M12 9.7c1.3.5 2.1 1.6 2.3 3.3" />,
  building: <path d="M3 14V2.5h7V14M10 6.5h3V14M1.5 14h13M5.5 5.3h2M5.5 8h2M5.5 10.7h2" />,
  help: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.3 6.3c.1-1 .8-1.5 1.7-1.5s1.7.6 1.7 1.5C9.7 7.5 8 7.5 8 8.9m0 2.1v.2" />,
  desk: <path d="M2 9V8a6 6 0 0 1 12 0v1M2 9h2.5v4H3a1 1 0 0 1-1-1zm12 0h-2.5v4H13a1 1 0 0 0 1-1z" />,
  card: <path d="M1.5 3.5h13v9h-13zm0 3h13M4 10h2.5" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

/** Decoration: what it stands for is said in words beside it. */
export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
  return (
    <svg className={`icon ${className}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {PATHS[name]}
    </svg>
  );
}

import {
  AccountCardFragmentDoc,
  type AccountCardFragment,
  type Role,
  ViewerDocument,
} from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { createContext, type ReactNode, use } from "react";
import { type Loaded, useData } from "./hooks.ts";

export interface Viewer {
  email: string;
  role: Role;
  /** Null for the seller's staff. */
  account: AccountCardFragment | null;
  isStaff: boolean;
  /** Whether they may pay, claim, and change contacts. */
  mayPay: boolean;
  refresh: () => void;
}

const ViewerContext = createContext<Viewer | null>(null);

export function useViewer(): Viewer {
  const viewer = use(ViewerContext);
  if (viewer === null) throw new Error("outside of a ViewerProvider");
  return viewer;
}

/** Who asks. Until that is known `waiting` is shown; it is told when it cannot be found out. */
export function ViewerProvider({ waiting, children }: {
  waiting: (asked: Loaded<unknown>) => ReactNode;
  children: ReactNode;
}) {
  const asked = useData(ViewerDocument, {});
  if (asked.data === undefined) return waiting(asked);
  const { email, role, account } = asked.data.viewer;
  const value: Viewer = {
    email,
    role,
    account: readFragment(AccountCardFragmentDoc, account) ?? null,
    isStaff: role === "SUPPORT" || role === "OPERATOR",
    mayPay: role === "OWNER" || role === "FINANCE",
    refresh: asked.refresh,
  };
  return <ViewerContext value={value}>{children}</ViewerContext>;
}

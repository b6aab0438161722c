import { CaseCardFragmentDoc, PageFieldsFragmentDoc, SupportCasesDocument, type SupportCaseStatus } from "@paidup/contract/generated/graphql";
import { readFragment } from "@paidup/contract/generated/fragment-masking";
import { type ReactNode, useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { useEvents, useRefreshWhenLive } from "../../api/events.tsx";
import { useData } from "../../api/hooks.ts";
import { useViewer } from "../../api/viewer.tsx";
import { useTexts } from "../../i18n/index.tsx";
import { Badge, Bones, Button, Empty, LoadFault, Page } from "../../ui/basics.tsx";

const VIEWS = { open: "OPEN", resolved: "RESOLVED", all: null } as const satisfies Record<string, SupportCaseStatus | null>;
type View = keyof typeof VIEWS;

/** What somebody looks at: one's own cases, or, for staff, those of all accounts. */
export function CasesScreen() {
  const { t } = useTexts();
  const { isStaff } = useViewer();
  const [params, setParams] = useSearchParams();
  const asked = params.get("show");
  const view: View = asked !== null && asked in VIEWS ? (asked as View) : isStaff ? "open" : "all";
  return (
    <Page narrow title={t("cases.title")} intro={isStaff ? undefined : t("cases.intro")}>
      <div className="filters" role="group" aria-label={t("invoices.filter")}>
        <div className="segments">
          {(Object.keys(VIEWS) as View[]).map((one) => (
            <button key={one} type="button" aria-pressed={one === view} onClick={() => setParams({ show: one }, { replace: true })}>
              {t(`cases.${one}`)}
            </button>
          ))}
        </div>
      </div>
      <CaseList key={view} status={VIEWS[view]} />
    </Page>
  );
}

export function CaseList({ status }: { status: SupportCaseStatus | null }) {
  const { t } = useTexts();
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  return (
    <div className="card">
      {cursors.map((after, at) => (
        <PageOfCases
          key={after ?? "first"}
          status={status}
          after={after}
          onMore={at === cursors.length - 1 ? (next) => setCursors((all) => [...all, next]) : undefined}
          empty={<Empty title={t("cases.empty")}>{t("cases.emptyText")}</Empty>}
        />
      ))}
    </div>
  );
}

function PageOfCases({ status, after, onMore, empty }: {
  status: SupportCaseStatus | null;
  after: string | null;
  onMore: ((after: string) => void) | undefined;
  empty: ReactNode;
}) {
  const { t, moment } = useTexts();
  const { isStaff } = useViewer();
  const variables = useMemo(() => ({ first: 20, after, status }), [after, status]);
  const { data, fault, refresh } = useData(SupportCasesDocument, variables);
  useRefreshWhenLive(refresh);
  useEvents((event) => {
    if (event.__typename === "SupportCaseChanged") refresh();
  });
  if (!data) return fault ? <LoadFault code={fault.code} onRetry={refresh} /> : <div className="card-bones"><Bones lines={5} /></div>;
  const page = readFragment(PageFieldsFragmentDoc, data.supportCases.pageInfo);
  if (data.supportCases.edges.length === 0) return empty;
  return (
    <>
      <ul className="rows">
        {data.supportCases.edges.map(({ node }) => {
          const one = readFragment(CaseCardFragmentDoc, node);
          return (
            <li key={one.id}>
              <div className="row-main">
                <p className="row-title">
                  <Link href={`/cases/${one.id}`}>
                    {t(`reason.${one.reason}`)} {one.invoice?.number && <bdi dir="ltr">{one.invoice.number}</bdi>}
                  </Link>
                </p>
                <p className="row-sub">
                  {isStaff && <><bdi>{node.account.name}</bdi> · </>}
                  {t("cases.opened")} {moment(one.createdAt)}
                </p>
                {one.resolution && <p className="row-sub"><bdi>{one.resolution}</bdi></p>}
              </div>
              <div className="row-side">
                <Badge tone={one.status === "OPEN" ? "info" : "good"}>{t(`case.${one.status}`)}</Badge>
              </div>
            </li>
          );
        })}
      </ul>
      {onMore && page.hasNextPage && page.endCursor && (
        <div className="more"><Button onClick={() => onMore(page.endCursor as string)}>{t("common.more")}</Button></div>
      )}
    </>
  );
}

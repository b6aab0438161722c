import { DocumentFieldsFragmentDoc } from "@paidup/contract/generated/graphql";
import { type FragmentType, readFragment } from "@paidup/contract/generated/fragment-masking";
import { useTexts } from "../../i18n/index.tsx";
import { Icon } from "../../ui/icons.tsx";

/** The page to read and print, and the file, once it is printed. */
export function DocumentLinks({ of }: { of: FragmentType<typeof DocumentFieldsFragmentDoc> }) {
  const { t } = useTexts();
  const document = readFragment(DocumentFieldsFragmentDoc, of);
  return (
    <>
      <a
        className="button quiet"
        href={document.viewUrl}
        target="_blank"
        rel="noopener"
        aria-label={`${t("invoices.viewPdf")} (${t("common.newTab")})`}
      >
        <Icon name="file" />
        <span className="button-text">{t("invoices.viewPdf")}</span>
      </a>
      {document.pdfUrl ? (
        <a className="button quiet" href={document.pdfUrl} download>{t("invoice.downloadPdf")}</a>
      ) : (
        <span className="quiet-text" role="status">{t("invoice.documentSoon")}</span>
      )}
    </>
  );
}

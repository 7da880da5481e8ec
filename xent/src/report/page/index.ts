export {
  type CompareReportBatch,
  CompareReportData,
  type CompareReportOptions,
  type CompareReportSnapshot,
} from "./compare-report-data.js";
export { compareReportPage } from "./compare-report-page.js";
export type { ReportMeta } from "./report-meta.js";
export {
  type ScoreReportBatch,
  ScoreReportData,
  type ScoreReportOptions,
  type ScoreReportSnapshot,
} from "./score-report-data.js";
export { scoreReportPage } from "./score-report-page.js";

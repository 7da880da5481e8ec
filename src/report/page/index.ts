export {
  type CompareReportBatch,
  CompareReportData,
  type CompareReportOptions,
  type CompareReportSnapshot,
} from "./compare-report-data.js";
export type { ReportMeta } from "./report-meta.js";
export {
  type ScoreReportBatch,
  ScoreReportData,
  type ScoreReportOptions,
  type ScoreReportSnapshot,
} from "./score-report-data.js";

# The external tables and views inside come from deploy/bigquery/*.sql, see deploy/README.md.
resource "google_bigquery_dataset" "this" {
  dataset_id  = replace(local.name, "-", "_")
  location    = var.region
  description = "wirecopy: the Parquet tables of gs://${google_storage_bucket.output.name} and views on them"

  depends_on = [google_project_service.needed]
}

resource "google_bigquery_dataset_iam_member" "readers" {
  for_each = var.readers

  dataset_id = google_bigquery_dataset.this.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.key
}

output "input" {
  description = "Where articles are delivered."
  value       = "gs://${google_storage_bucket.input.name}"
}

output "output" {
  description = "Where the tables are."
  value       = "gs://${google_storage_bucket.output.name}/wires"
}

output "work" {
  description = "Where templates, staged files and temporary files go."
  value       = "gs://${google_storage_bucket.work.name}"
}

output "subscription" {
  description = "What a streaming job reads its notifications from."
  value       = google_pubsub_subscription.arrivals.id
}

output "worker" {
  description = "The service account of the workers."
  value       = google_service_account.worker.email
}

output "builder" {
  description = "The service account of the builds, in the form Cloud Build wants."
  value       = google_service_account.builder.id
}

output "subnetwork" {
  description = "The workers' subnetwork in the form Dataflow wants."
  value       = "regions/${var.region}/subnetworks/${google_compute_subnetwork.workers.name}"
}

output "repository" {
  description = "Where images are pushed."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "dataset" {
  description = "The BigQuery dataset."
  value       = google_bigquery_dataset.this.dataset_id
}

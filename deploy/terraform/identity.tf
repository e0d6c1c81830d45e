resource "google_service_account" "worker" {
  account_id   = "${local.name}-worker"
  display_name = "wirecopy workers (${var.environment})"
}

locals {
  worker = "serviceAccount:${google_service_account.worker.email}"

  # legacyBucketReader adds storage.buckets.get, which Beam's storage client asks for and object roles don't hold.
  worker_on_buckets = {
    input_read    = { bucket = "input", role = "roles/storage.objectViewer" }
    input_bucket  = { bucket = "input", role = "roles/storage.legacyBucketReader" }
    output_write  = { bucket = "output", role = "roles/storage.objectUser" }
    output_bucket = { bucket = "output", role = "roles/storage.legacyBucketReader" }
    work_write    = { bucket = "work", role = "roles/storage.objectUser" }
    work_bucket   = { bucket = "work", role = "roles/storage.legacyBucketReader" }
  }
}

resource "google_project_iam_member" "worker" {
  project = var.project
  role    = "roles/dataflow.worker"
  member  = local.worker
}

resource "google_storage_bucket_iam_member" "worker" {
  for_each = local.worker_on_buckets

  bucket = local.buckets[each.value.bucket]
  role   = each.value.role
  member = local.worker
}

resource "google_pubsub_subscription_iam_member" "worker" {
  for_each = toset(["roles/pubsub.subscriber", "roles/pubsub.viewer"])

  subscription = google_pubsub_subscription.arrivals.id
  role         = each.key
  member       = local.worker
}

resource "google_artifact_registry_repository_iam_member" "worker" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.reader"
  member     = local.worker
}

resource "google_storage_bucket_iam_member" "input_writers" {
  for_each = var.input_writers

  bucket = google_storage_bucket.input.name
  role   = "roles/storage.objectUser"
  member = each.key
}

resource "google_storage_bucket_iam_member" "readers" {
  for_each = var.readers

  bucket = google_storage_bucket.output.name
  role   = "roles/storage.objectViewer"
  member = each.key
}

resource "google_storage_bucket_iam_member" "readers_bucket" {
  for_each = var.readers

  bucket = google_storage_bucket.output.name
  role   = "roles/storage.legacyBucketReader"
  member = each.key
}

resource "google_project_iam_member" "launchers" {
  for_each = var.launchers

  project = var.project
  role    = "roles/dataflow.developer"
  member  = each.key
}

resource "google_service_account_iam_member" "launchers" {
  for_each = var.launchers

  service_account_id = google_service_account.worker.name
  role               = "roles/iam.serviceAccountUser"
  member             = each.key
}

resource "google_storage_bucket_iam_member" "launchers" {
  for_each = var.launchers

  bucket = google_storage_bucket.work.name
  role   = "roles/storage.objectUser"
  member = each.key
}

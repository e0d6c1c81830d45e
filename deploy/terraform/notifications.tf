data "google_storage_project_service_account" "storage" {}

locals {
  storage_agent = "serviceAccount:${data.google_storage_project_service_account.storage.email_address}"
  pubsub_agent  = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "arrivals" {
  name         = "${local.name}-arrivals"
  kms_key_name = var.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.agents]
}

resource "google_pubsub_topic_iam_member" "storage_announces" {
  topic  = google_pubsub_topic.arrivals.id
  role   = "roles/pubsub.publisher"
  member = local.storage_agent
}

resource "google_storage_notification" "arrivals" {
  bucket             = google_storage_bucket.input.name
  topic              = google_pubsub_topic.arrivals.id
  payload_format     = "JSON_API_V1"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = var.input_prefix

  depends_on = [google_pubsub_topic_iam_member.storage_announces]
}

# One job to a subscription: two would share its messages.
resource "google_pubsub_subscription" "arrivals" {
  name                       = "${local.name}-arrivals"
  topic                      = google_pubsub_topic.arrivals.id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }

  # Dataflow counts a redelivery after each worker it loses, so a low number would set good messages aside.
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.undeliverable.id
    max_delivery_attempts = 100
  }
}

resource "google_pubsub_topic" "undeliverable" {
  name         = "${local.name}-undeliverable"
  kms_key_name = var.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.agents]
}

# Without a subscription a dead-letter topic keeps nothing.
resource "google_pubsub_subscription" "undeliverable" {
  name                       = "${local.name}-undeliverable"
  topic                      = google_pubsub_topic.undeliverable.id
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "pubsub_sets_aside" {
  topic  = google_pubsub_topic.undeliverable.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "pubsub_sets_aside" {
  subscription = google_pubsub_subscription.arrivals.id
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_kms_crypto_key_iam_member" "agents" {
  for_each = var.kms_key == null ? {} : {
    storage = local.storage_agent
    pubsub  = local.pubsub_agent
  }

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}

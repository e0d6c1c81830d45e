locals {
  name = "wirecopy-${var.environment}"

  buckets = {
    input  = google_storage_bucket.input.name
    output = google_storage_bucket.output.name
    work   = google_storage_bucket.work.name
  }
}

# Articles as they were delivered. Nothing here is ever deleted by the pipeline.
resource "google_storage_bucket" "input" {
  name                        = "${var.project}-${local.name}-input"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  dynamic "encryption" {
    for_each = var.kms_key[*]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.agents]
}

# The tables and their log. No versions and no soft delete: what `wirecopy forget` removes is gone.
# Never a lifecycle rule here: the log names every file, and one that goes by itself is a loss nobody is told of.
resource "google_storage_bucket" "output" {
  name                        = "${var.project}-${local.name}-output"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  dynamic "encryption" {
    for_each = var.kms_key[*]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.agents]
}

# templates/ and staging/ are needed for as long as a job runs; only tmp/ goes by itself.
resource "google_storage_bucket" "work" {
  name                        = "${var.project}-${local.name}-work"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  lifecycle_rule {
    condition {
      age            = 30
      matches_prefix = ["tmp/"]
    }
    action {
      type = "Delete"
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key[*]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.agents]
}

variable "project" {
  description = "The project everything lives in."
  type        = string
}

variable "region" {
  description = "Region of buckets, workers, registry and dataset. One for all: traffic between regions costs."
  type        = string
  default     = "europe-west1"
}

variable "environment" {
  description = "Short name that goes into every resource's name, so that prod and test never share one."
  type        = string
  default     = "prod"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}$", var.environment))
    error_message = "Up to 12 of a-z, 0-9 and -, beginning with a letter."
  }
}

variable "input_prefix" {
  description = "Only objects below this prefix of the input bucket are notified. Empty: all."
  type        = string
  default     = ""
}

variable "kms_key" {
  description = "Full name of a Cloud KMS key in the same region for buckets and topics. Null: Google's own keys."
  type        = string
  default     = null
}

variable "input_writers" {
  description = "Who delivers articles, as IAM members (serviceAccount:…, group:…)."
  type        = set(string)
  default     = []
}

variable "readers" {
  description = "Who reads the tables, in the bucket and in BigQuery, as IAM members."
  type        = set(string)
  default     = []
}

variable "launchers" {
  description = "Who launches and drains jobs, as IAM members."
  type        = set(string)
  default     = []
}

variable "notification_channels" {
  description = "Monitoring channels that alerts go to (projects/…/notificationChannels/…)."
  type        = list(string)
  default     = []
}

variable "failures_per_hour" {
  description = "Alert beyond this many failure rows an hour."
  type        = number
  default     = 100
}

variable "backlog_seconds" {
  description = "Alert when the oldest notification nobody has taken is older than this, or the watermark this far behind."
  type        = number
  default     = 1800
}

variable "silence_seconds" {
  description = "Alert when nothing was committed for so long; longer than the feed's quietest night. Null where only batch jobs run."
  type        = number
  default     = 21600
}

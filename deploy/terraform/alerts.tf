# Each alert has a section in docs/operate.md that says what to do.
locals {
  jobs     = "job_name=~\"wirecopy-${var.environment}.*\""
  counters = "dataflow_googleapis_com:job_user_counter"
  sub      = "subscription_id=\"${google_pubsub_subscription.arrivals.name}\""
  dead     = "subscription_id=\"${google_pubsub_subscription.undeliverable.name}\""

  silence = coalesce(var.silence_seconds, 3600)

  alerts = {
    failures = {
      title = "articles are refused"
      query = "sum(max_over_time(${local.counters}{metric_name=\"failures\",${local.jobs}}[1h])) - sum(min_over_time(${local.counters}{metric_name=\"failures\",${local.jobs}}[1h])) > ${var.failures_per_hour}"
      for   = "0s"
    }
    backlog = {
      title = "notifications wait"
      query = "max(pubsub_googleapis_com:subscription_oldest_unacked_message_age{${local.sub}}) > ${var.backlog_seconds}"
      for   = "300s"
    }
    watermark = {
      title = "the watermark is behind"
      query = "max by (job_name) (dataflow_googleapis_com:job_data_watermark_age{${local.jobs}}) > ${var.backlog_seconds}"
      for   = "300s"
    }
    silence = {
      title = "nothing is committed"
      query = "sum by (job_name) (max_over_time(${local.counters}{metric_name=\"commits\",${local.jobs}}[${local.silence}s])) - sum by (job_name) (min_over_time(${local.counters}{metric_name=\"commits\",${local.jobs}}[${local.silence}s])) == 0 or absent_over_time(${local.counters}{metric_name=\"commits\",${local.jobs}}[${local.silence}s])"
      for   = "300s"
    }
    undeliverable = {
      title = "notifications were set aside"
      query = "max(pubsub_googleapis_com:subscription_num_undelivered_messages{${local.dead}}) > 0"
      for   = "0s"
    }
    failed = {
      title = "a job failed"
      query = "max by (job_name) (dataflow_googleapis_com:job_is_failed{${local.jobs}}) > 0"
      for   = "0s"
    }
  }
}

resource "google_monitoring_alert_policy" "this" {
  for_each = { for name, alert in local.alerts : name => alert if name != "silence" || var.silence_seconds != null }

  display_name          = "wirecopy ${var.environment}: ${each.value.title}"
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query               = each.value.query
      duration            = each.value.for
      evaluation_interval = "60s"
    }
  }

  documentation {
    content   = "See docs/operate.md, section \"${each.value.title}\"."
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.needed]
}

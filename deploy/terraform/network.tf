# Workers have no public address: Google's APIs, the registry with the image among them, are reached inside.
resource "google_compute_network" "this" {
  name                    = local.name
  auto_create_subnetworks = false

  depends_on = [google_project_service.needed]
}

resource "google_compute_subnetwork" "workers" {
  name                     = "${local.name}-workers"
  network                  = google_compute_network.this.id
  region                   = var.region
  ip_cidr_range            = "10.20.0.0/24"
  private_ip_google_access = true
}

# Batch workers exchange what they shuffle unless the shuffle service does; Dataflow tags them all "dataflow".
resource "google_compute_firewall" "workers" {
  name        = "${local.name}-workers"
  network     = google_compute_network.this.id
  direction   = "INGRESS"
  source_tags = ["dataflow"]
  target_tags = ["dataflow"]

  allow {
    protocol = "tcp"
    ports    = ["12345-12346"]
  }
}

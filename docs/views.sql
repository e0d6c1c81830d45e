-- Views over an output for DuckDB 2. Run them from the folder that holds out/demo, or put your own path in its place.
SET TimeZone = 'UTC';

CREATE OR REPLACE VIEW articles AS
SELECT * FROM read_parquet('out/demo/articles/**/*.parquet', hive_partitioning = true, union_by_name = true);
CREATE OR REPLACE VIEW entities AS
SELECT * FROM read_parquet('out/demo/entities/**/*.parquet', hive_partitioning = true, union_by_name = true);
CREATE OR REPLACE VIEW quotes AS
SELECT * FROM read_parquet('out/demo/quotes/**/*.parquet', hive_partitioning = true, union_by_name = true);
CREATE OR REPLACE VIEW embeds AS
SELECT * FROM read_parquet('out/demo/embeds/**/*.parquet', hive_partitioning = true, union_by_name = true);
CREATE OR REPLACE VIEW removals AS
SELECT * FROM read_parquet('out/demo/removals/**/*.parquet', hive_partitioning = true, union_by_name = true);
CREATE OR REPLACE VIEW failures AS
SELECT * FROM read_parquet('out/demo/failures/**/*.parquet', hive_partitioning = true, union_by_name = true);

-- The newest version of every article: what arrived last, and once even while files are being merged.
CREATE OR REPLACE VIEW newest_articles AS
SELECT * FROM articles
QUALIFY row_number() OVER (
  PARTITION BY article_id ORDER BY received_at DESC, source_generation DESC, source_uri DESC, record_index DESC
) = 1;

-- The rows of those versions, with what one mostly wants to know of their article.
CREATE OR REPLACE VIEW newest_quotes AS
SELECT quotes.*, a.provider, a.headline
FROM quotes JOIN newest_articles a USING (article_id, source_uri, source_generation, record_index)
QUALIFY row_number() OVER (
  PARTITION BY article_id, source_uri, source_generation, record_index, quote_id ORDER BY quotes.date
) = 1;

CREATE OR REPLACE VIEW newest_entities AS
SELECT entities.*, a.provider, a.headline
FROM entities JOIN newest_articles a USING (article_id, source_uri, source_generation, record_index)
QUALIFY row_number() OVER (
  PARTITION BY article_id, source_uri, source_generation, record_index, raw_start, raw_end, label, entity_key
  ORDER BY entities.date
) = 1;

CREATE OR REPLACE VIEW newest_removals AS
SELECT removals.*, a.provider, a.headline
FROM removals JOIN newest_articles a USING (article_id, source_uri, source_generation, record_index)
QUALIFY row_number() OVER (
  PARTITION BY article_id, source_uri, source_generation, record_index, raw_start, raw_end, kind, rule
  ORDER BY removals.date
) = 1;

CREATE OR REPLACE VIEW newest_embeds AS
SELECT embeds.*, a.provider, a.headline
FROM embeds JOIN newest_articles a USING (article_id, source_uri, source_generation, record_index)
QUALIFY row_number() OVER (
  PARTITION BY article_id, source_uri, source_generation, record_index, embed_id ORDER BY embeds.date
) = 1;

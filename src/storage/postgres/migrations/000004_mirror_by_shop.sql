-- Entries come from one shop at a time, hundreds of them of hundreds of products. What is looked up by level now lies side by
-- side for one shop, and not in each product's page.

DROP INDEX mirror_by_level;
CREATE INDEX mirror_by_level ON mirror (location, sku, peer, applied_at, position)
  WHERE sku IS NOT NULL AND state = 'applied';

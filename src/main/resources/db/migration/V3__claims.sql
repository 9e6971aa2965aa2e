-- How often a delivery was claimed, whether or not the attempt counted: whoever claims it for the first
-- time knows that nobody has begun it before.
ALTER TABLE delivery ADD COLUMN claims integer NOT NULL DEFAULT 0;
-- How often an operator had a delivered one made again. What the destination was given under an earlier
-- count, such as a receipt beside Kafka records, says nothing about the present one.
ALTER TABLE delivery ADD COLUMN replays integer NOT NULL DEFAULT 0;
-- What was under way or finished when these came.
UPDATE delivery SET claims = attempts + 1 WHERE started_at IS NOT NULL;

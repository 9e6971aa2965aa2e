-- How often an operator had a final delivery made again. What a destination was given under an earlier
-- count, such as a receipt beside Kafka records, says nothing about the present one.
ALTER TABLE delivery ADD COLUMN replays integer NOT NULL DEFAULT 0;

-- Only for statements that repeat this condition, which holds for each delivery: SQLite would otherwise choose the index
-- where only the open deliveries of a destination are needed, and read its whole history.
DROP INDEX delivery_of_destination;
CREATE INDEX delivery_of_destination ON delivery (destination, file_id) WHERE file_id >= 0;

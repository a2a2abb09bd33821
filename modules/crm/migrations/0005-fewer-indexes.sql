-- Every change of an order writes its row into each of these; what they give is nearly had without them. One of three
-- sources is passed over inside the index of the whole list, and promised orders that are overdue are few.
drop index order_source_newest, order_source_urgent, order_promised_newest, order_promised_urgent;

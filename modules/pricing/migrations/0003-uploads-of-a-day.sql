-- For the limit on what one tenant uploads within a day.
create index model_of_tenant on model (tenant, uploaded_at) include (bytes);

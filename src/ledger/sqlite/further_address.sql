-- The subscriber who gets the address of a sign-up as a further one.
ALTER TABLE sign_up ADD COLUMN joins TEXT;

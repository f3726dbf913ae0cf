-- The run that this one is a copy of, in a copied thread. Null: it has run here.
alter table runs add column copied_from text collate "C";

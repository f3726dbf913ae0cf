-- Where in the text of a chunk a new page begins, as JSON; null where it stands on one page, or was cut before this was kept.
alter table chunks add column page_breaks text;

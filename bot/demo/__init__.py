"""The phone on a web page, for outreach workers and newcomers."""
